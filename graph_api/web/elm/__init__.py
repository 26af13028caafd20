"""The European Learning Model: credentials that come in, qualifications that go out."""

"""What stands between states: every answer in figures, and the map of obstacles that is made of them."""

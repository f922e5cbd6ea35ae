"""The exercises: notebooks made from `solutions/`, what they import, and the grader behind them."""

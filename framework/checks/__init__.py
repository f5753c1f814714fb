"""An expectation becomes SQL expressions, footer rules and a verdict. Pure: text and numbers."""

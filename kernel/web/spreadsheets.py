"""What may stand in a cell of a file that people open in a spreadsheet?"""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """The text so that no spreadsheet takes a value or a column's name for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text

"""Where may a redirect lead that the reader's own request names?"""


def local_address(target: str, otherwise: str = "/") -> str:
    """The address if it is one of this site, never another's; else the other one."""
    # Browsers drop control characters and read a backslash as a slash.
    is_plain = all(character > " " and character not in "\\\x7f" for character in target)
    is_local = target.startswith("/") and not target.startswith("//")
    return target if is_plain and is_local else otherwise

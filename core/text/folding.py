"""How text is compared where case does not count."""

import unicodedata


def folded(text: str) -> str:
    """The text in the one form that all spellings of it share, on every database: NFC and caseless (Unicode 3.13)."""
    return unicodedata.normalize("NFC", text).casefold()


def email_key(email: str) -> str:
    """What two spellings of one address share. Case is ignored on both sides of the @, as every mail host does."""
    return folded(email.strip())


def name_key(name: str) -> str:
    """What two spellings of one name share that a person would take for the same.

    Case, blanks, invisible characters and the forms of Unicode that look alike (NFKC) make no difference.
    """
    caseless = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in unicodedata.normalize("NFKC", caseless) if _is_visible(letter))


def _is_visible(letter: str) -> bool:
    return letter.isprintable() and not letter.isspace()

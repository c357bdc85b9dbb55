"""How text is compared where case does not count."""

import unicodedata


def folded(text: str) -> str:
    """The text in the one form that all spellings of it share, on every database: NFC and caseless (Unicode 3.13)."""
    return unicodedata.normalize("NFC", text).casefold()


def email_key(email: str) -> str:
    """What two spellings of one address share. Case is ignored on both sides of the @, as every mail host does."""
    return folded(email.strip())

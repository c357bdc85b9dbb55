"""Normalisation of text for comparisons that ignore case."""

import unicodedata


def folded(text: str) -> str:
    """Return the text in its normal form for comparisons, the same on every database: NFC and caseless.

    Unicode, section 3.13.
    """
    return unicodedata.normalize("NFC", text).casefold()


def email_key(email: str) -> str:
    """Return the normal form of an email address. Case is ignored on both sides of the @, as every mail host does."""
    return folded(email.strip())


def name_key(name: str) -> str:
    """Return the form of a name in which names are equal that a person could not tell apart.

    Case, spaces, invisible characters and the compatibility forms of Unicode (NFKC) make no difference.
    """
    caseless = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in unicodedata.normalize("NFKC", caseless) if _is_visible(letter))


def _is_visible(letter: str) -> bool:
    return letter.isprintable() and not letter.isspace()

"""The same three clients in spreadsheets as six programs save them."""

from collections.abc import Mapping
from dataclasses import dataclass

CLIENTS = (
    {
        "name": "Müller & Söhne GmbH",
        "first_name": "Jörg",
        "last_name": "Weiß",
        "email": "jw@mueller.example",
        "address1": 'Straße "Am See" 5',
        "postal_code": "01067",
        "city": "Köln",
        "country_id": "276",
        "balance": 1234.56,
    },
    {
        "name": "Café Ñandú",
        "first_name": "Zoë",
        "last_name": "Pérez",
        "email": "zoe@cafe.example",
        "address1": "Calle Mayor 1, 2º",
        "postal_code": "28013",
        "city": "Málaga",
        "country_id": "724",
        "balance": -12.5,
    },
    {
        "name": "Élan",
        "first_name": "Anaïs",
        "last_name": "Lefèvre",
        "email": "anais@elan.example",
        "address1": "3; rue de l'Été",
        "postal_code": "75001",
        "city": "Orléans",
        "country_id": "250",
        "balance": 0,
    },
)

COUNTRIES = {
    "de": ("Deutschland", "Spanien", "Frankreich"),
    "fr": ("Allemagne", "Espagne", "France"),
    "es": ("Alemania", "España", "Francia"),
    "en": ("Germany", "ES", "FRA"),
}
_GERMAN = ("Firma", "Vorname", "Nachname", "E-Mail", "Straße", "PLZ", "Ort", "Land", "Saldo")
_FRENCH = ("Société", "Prénom", "Nom", "Adresse e-mail", "Adresse", "Code postal", "Ville", "Pays", "Solde")
_SPANISH = (
    *("Empresa", "Nombre", "Apellidos", "Correo electrónico"),
    *("Dirección", "Código Postal", "Población", "País", "Saldo"),
)
_NINJA = (
    *("Client Name", "Contact First Name", "Contact Last Name", "Contact Email"),
    *("Client Street", "Client Postal Code", "Client City", "Client Country", "Client Balance"),
)
_GROW = (
    *("client_company_name", "first_name", "last_name", "EMAIL", "client_billing_street", "client_billing_zip"),
    *("client_billing_city", "client_billing_country", "balance"),
)


@dataclass(frozen=True)
class Office:
    """The spreadsheet of a program, and what the import report must say about it."""

    headers: tuple[str, ...]
    countries: str
    separator: str
    encoding: str
    amounts: tuple[str, str, str]
    line_end: str = "\r\n"
    quote_all: bool = False
    first_line: str = ""
    told: str = ""

    def file(self) -> bytes:
        """Return the bytes of its spreadsheet."""
        rows = [self.headers, *(self._row(number, client) for number, client in enumerate(CLIENTS))]
        lines = [self.separator.join(map(self._cell, row)) for row in rows]
        return (self.first_line + "".join(line + self.line_end for line in lines)).encode(self.encoding)

    def _row(self, number: int, client: Mapping[str, object]) -> list[str]:
        shown = {**client, "country_id": COUNTRIES[self.countries][number], "balance": self.amounts[number]}
        return [str(each) for each in shown.values()]

    def _cell(self, text: str) -> str:
        if self.quote_all or any(each in text for each in (self.separator, '"', "\r", "\n")):
            return '"' + text.replace('"', '""') + '"'
        return text


COMMA = ("1.234,56 €", "-12,50", "0,00")
POINT = ("1,234.56", "-12.50", "0.00")
OFFICES = {
    "German Excel": Office(
        _GERMAN, "de", ";", "cp1252", COMMA, told="read as CSV in Windows-1252, separated by semicolons"
    ),
    "French Excel": Office(
        _FRENCH, "fr", ";", "cp1252", ("1 234,56", "-12,50", "0"), first_line="sep=;\r\n", told="by semicolons"
    ),
    "Spanish Excel as Unicode text": Office(
        _SPANISH, "es", "\t", "utf-16", COMMA, told="read as CSV in UTF-16, separated by tabs"
    ),
    "Excel on a Mac": Office(
        _GERMAN, "de", ";", "mac_roman", ("1234,56", "(12,50)", "0"), line_end="\r", told="Mac Roman"
    ),
    "LibreOffice": Office(_NINJA, "en", ",", "utf-8", POINT, line_end="\n", quote_all=True),
    "Google Sheets": Office(_GROW, "en", ",", "utf-8", ("$1,234.56", "-12.5", "")),
    "English Excel": Office(
        _NINJA, "en", ",", "cp1252", ("1234.56", "-12.5", "0"), told="Windows-1252, separated by commas"
    ),
    "UTF-16 without a mark": Office(_FRENCH, "fr", "\t", "utf-16-be", COMMA, told="UTF-16-BE"),
    "vertical bars": Office(_SPANISH, "es", "|", "utf-8-sig", COMMA, told="by vertical bars"),
}

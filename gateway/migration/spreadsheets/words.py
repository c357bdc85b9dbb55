"""Names of columns elsewhere: of Invoice Ninja and Grow CRM, and of English, German, French and Spanish offices.

Each word is in the form of `headers.plain`: without accents, blanks and punctuation, in lower case. A word may follow
those of `BEFORE`, as in `Client Name`, `client.name`, `Billing City`.
"""

BEFORE = ("clientcompany", "client", "company", "customer")
"""What may stand before a word without changing it."""

BILLING_BEFORE = ("billing", "clientbilling", "rechnungs", "facturation")
"""What else may stand before a word of an address."""

CONTACT_BEFORE = ("contact", "primarycontact", "owner")
"""What else may stand before a word of the primary contact."""

CONTACT = ("first_name", "last_name", "email")

SHIPPING_BEFORE = ("shipping", "clientshipping", "delivery", "liefer", "lieferadresse", "livraison", "envio", "entrega")
"""What before a word of an address makes it one of the shipping address."""

SHIPPING_BEHIND = ("livraison", "delivraison", "envio", "deenvio", "entrega", "deentrega")

ADDRESS = {
    "address1": "address addressline1 street street1 address1 addr1 strasse str strassehausnummer strasseundhausnummer"
    " anschrift adresse adresse1 rue voie ligne1 direccion direccion1 calle domicilio",
    "address2": "address2 addressline2 street2 aptsuite apt suite adresszusatz zusatz adresse2 anschrift2"
    " complement complementadresse complementdadresse direccion2 complemento",
    "city": "city town ort stadt wohnort ville localite commune ciudad localidad poblacion municipio",
    "state": "state stateprovince province county region bundesland kanton etat departement provincia estado",
    "postal_code": "postalcode postcode zip zipcode plz postleitzahl codepostal cp codigopostal",
    "country": "country countryid countrycode countryname land staat pays pais codepays codigopais laendercode",
}

CLIENT = {
    "id": "id clientid",
    "number": "number clientnumber customernumber customerno clientno no kundennummer kundennr kdnr kundenno"
    " numeroclient noclient numeroduclient numerocliente ncliente nclient numerodecliente codeclient codigocliente"
    " debitor debitorennummer",
    "name": "name clientname companyname company customer customername organization organisation firma firmenname"
    " unternehmen kunde kundenname firmierung societe nomdelasociete entreprise nomdelentreprise raisonsociale"
    " nomclient nomduclient denomination empresa nombredelaempresa razonsocial cliente nombredelcliente"
    " nombrecliente displayname",
    "status": "status zustand statut estatus",
    "id_number": "idnumber registrationnumber reference referenz referenznummer handelsregisternummer siret siren"
    " referencia",
    "vat_number": "vat vatnumber vatid vatno vatregistrationnumber taxid taxnumber ustid ustidnr ustidnummer"
    " umsatzsteuerid umsatzsteueridentifikationsnummer uid uidnummer steuernummer tva numerotva numerodetva"
    " tvaintracommunautaire ntva nif cif nifcif iva numeroiva nifiva",
    "website": "website web url homepage internet webseite siteweb site siteinternet sitioweb paginaweb",
    "phone": "phone telephone tel phonenumber telephonenumber telefon telefonnummer rufnummer numerodetelephone"
    " telefono numerodetelefono",
    "private_notes": "privatenotes notes note description notiz notizen bemerkung bemerkungen anmerkungen kommentar"
    " interneotizen internenotizen remarques commentaire commentaires notas observaciones comentarios",
    "public_notes": "publicnotes oeffentlichenotizen notespubliques notaspublicas",
    "custom_value1": "customvalue1 custom1 customfield1",
    "custom_value2": "customvalue2 custom2 customfield2",
    "custom_value3": "customvalue3 custom3 customfield3",
    "custom_value4": "customvalue4 custom4 customfield4",
    "payment_terms": "paymentterms invoiceduedays duedays zahlungsziel zahlungsfrist zahlungszieltage"
    " delaidepaiement conditionsdepaiement plazodepago condicionesdepago",
    "category_id": "categoryid groupsettingsid groupid",
    "category": "category categoryname group groupname kategorie gruppe kundengruppe categorie groupe categoria grupo",
    "tags": "tags tag labels schlagworte schlagwoerter stichworte stichwoerter motscles etiquettes etiquetas",
    "balance": "balance outstanding openbalance saldo kontostand offenerbetrag offen solde soldedu saldopendiente",
    "paid_to_date": "paidtodate paid bezahlt gezahlt paye totalpaye pagado",
    "credit_balance": "creditbalance credit guthaben avoir credito",
    "first_name": "firstname givenname forename vorname prenom nombredepila nombredecontacto",
    "last_name": "lastname surname familyname nachname familienname zuname nomdefamille apellido apellidos",
    "email": "email emailaddress mail mailadresse emailadresse courriel adresseemail adressemail correo"
    " correoelectronico",
    "created_at": "createdat created createdon datecreated erstellt erstelltam angelegt angelegtam creele"
    " datedecreation creadoel fechadecreacion",
    "updated_at": "updatedat updated modified lastmodified geaendert geaendertam modifiele datedemodification"
    " modificadoel fechademodificacion",
}

WITH_OTHER_COLUMN = {
    "name": ("vorname", "last_name"),
    "nom": ("prenom", "last_name"),
    "nombre": ("apellidos", "first_name"),
}
"""Words that are part of a person's name if another given column is present; otherwise they are the client's name."""

"""`/bridge`: the pages on which a company's team sees its register; and the page that a contact's link opens.

Pages are rendered on the server. Nothing on them is inline or from elsewhere, so the content security policy allows
only this origin; scripts are optional.
"""

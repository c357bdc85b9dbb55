"""`/bridge`: what a company's team sees of its register in a browser; and the page that a contact's link opens.

Pages are made here on the server. Nothing on them is inline and nothing comes from elsewhere, so the content security
policy allows this origin and nothing else; scripts only add comfort.
"""

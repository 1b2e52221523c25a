"""What may be asked, in our own words: the typed question, its bound and its canonical form."""

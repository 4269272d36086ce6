"""Pure functions over the book: what follows from the records and is typed nowhere."""

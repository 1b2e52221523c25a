"""What may everybody know about the quality of data that is offered? Page and badge."""

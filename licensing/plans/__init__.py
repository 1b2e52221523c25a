"""Why, how and with which data shall authorised operation begin? Approved before selection."""

"""Money in and out of the house, through the payment gateway."""

"""Which public data resources and products are registered, by whom, and until when? (RG-)"""

"""Who may use it, for what, until when?"""

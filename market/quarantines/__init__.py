"""Which records fail, for those who mend them? Set aside in a file that only they can fetch."""

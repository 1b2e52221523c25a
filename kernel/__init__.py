"""What every room needs and no business noun names: money, time, actor, transaction, events."""

"""HTTP plumbing: guard, parsing, problems, health and the page shell."""

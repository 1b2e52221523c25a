"""HTTP plumbing: guard, parsing, problems, paging, health and the page shell."""

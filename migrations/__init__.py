"""How the database came to its structure, one purpose per migration."""

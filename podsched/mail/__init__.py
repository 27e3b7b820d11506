"""Letters become messages and leave the house. Who gets what is decided elsewhere."""

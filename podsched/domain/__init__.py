"""Rules without a database: values in, values out, standard library only."""

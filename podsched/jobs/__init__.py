"""Work in the background. The database is the queue; a job in Redis is a doorbell that carries ids at most."""

// Nothing to call: see threading.c.

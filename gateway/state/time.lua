-- The clock of the server that holds KEYS[1]: seconds, microseconds.
return redis.call('TIME')

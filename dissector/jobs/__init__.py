"""Several processes for one capture, with the answer of one.

The main process reads packets and makes exchanges of them, which has to be done in order and looks at headers only.
What costs is looking into the bodies: that is done with batches of exchanges, here and in processes of its own
(`worker`), and what comes of it is put together in order, the bookings of the ledger included (`sharing`). `batches`
says what goes to a worker, `channel` and `workers` how it gets there, and what was made of it back.
"""

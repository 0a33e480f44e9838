"""Files of rows, read as a stream whatever their state: text in any encoding, CSV, JSON Lines and Parquet.

Every reader yields each row of its file exactly once, in order and with its place, as a ``Row`` or as a ``BadRow`` that
says what is wrong with it; memory does not grow with the file. What the columns mean is in ``columns`` and ``cells``.
"""

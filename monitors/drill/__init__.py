"""A simulated social network: its stories are the TOML files beside this, in Estonian, Russian, Finnish and English.

They are about Paklo, a parcel company that does not exist. People write its name as ``Paklo`` with the endings of
Estonian and Finnish (Paklot, Paklole, Paklolt, Paklost, Paklosse, Pakloga; Paklon, Paklolle, Paklolta, Paklolla), and
as ``Пакло``, which Russian does not decline. Its own account is ``paklo``. Each post has the second at which it is
written (``at``), its counts in the end, and how long it takes to half of them (``half``).
"""

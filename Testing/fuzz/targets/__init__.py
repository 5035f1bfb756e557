"""One file per reader, each with ``one_input(data)``, ``seeds()`` and, where they help, TOKENS and LONGEST."""

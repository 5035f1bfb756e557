"""What can be posted about a run: what tells its fault, without what tells whose data it was."""

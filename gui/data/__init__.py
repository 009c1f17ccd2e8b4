"""What the Data tab is made of, one file for each section, and the opening of a person's own data."""

"""One file for each change, in order; a file that was released is never edited."""

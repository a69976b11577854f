"""Records a part of any program from inside of it: its own process, its own threads, its files."""

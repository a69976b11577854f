"""What a lesson is: its model, its file, the library of lessons."""

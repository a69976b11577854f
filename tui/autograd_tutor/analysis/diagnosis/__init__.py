"""Diagnosis: what goes wrong with autograd in a recording, as findings without words."""

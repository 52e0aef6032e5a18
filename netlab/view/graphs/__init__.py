"""Graphs over time or over a parameter: formulas with measured dots, timelines, sequences, waterfalls."""

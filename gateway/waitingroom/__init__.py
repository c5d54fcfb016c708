"""The waiting room: who waits, how lots are drawn, who is let in, and what everybody is told."""

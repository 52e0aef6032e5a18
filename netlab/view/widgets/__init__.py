"""What the reader moves and answers: playgrounds, predictions, quizzes."""

"""podsched: pods of 6 to 10 people, a weekly hour everyone can make, and a rhythm that holds."""

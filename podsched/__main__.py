from podsched.cli import main

main()

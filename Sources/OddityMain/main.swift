import OddityCommand

await CommandRunner.main()

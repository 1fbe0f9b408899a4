import Harness

InputFile.removeAtExit()
Fuzzer.run(Requests.targets + Settings.targets)

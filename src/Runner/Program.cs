using MicroGpt.Course;
using MicroGpt.Runner;

return RunnerApp.Run(args, ProgramModels.All, RunnerConsole.OfProcess(), CourseSteps.All);

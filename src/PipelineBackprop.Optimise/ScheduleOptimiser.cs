using System.Globalization;
using Google.OrTools.Sat;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Optimise;

/// <summary>
/// Looks for the best schedule of a small pipeline with Google OR-Tools' CP-SAT. One worker, a fixed seed and a limit in the solver's
/// own deterministic time: the same problem gives the same answer on every machine.
/// </summary>
public static class ScheduleOptimiser
{
    /// <summary>The most actions of a problem that is still small.</summary>
    public const int MostActions = 1_000;

    /// <summary>The best schedule that is found within the limit.</summary>
    /// <param name="problem">What it is wanted for.</param>
    /// <param name="seconds">The limit in deterministic seconds, above 0: about as long as seconds, but counted in work done.</param>
    /// <param name="start">A schedule to begin with, or null; the answer is never worse.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="InvalidInputException">More actions than <see cref="MostActions"/>, a cap below 1, or nothing found in time.</exception>
    /// <exception cref="OperationCanceledException">The token.</exception>
    public static OptimisedSchedule Solve(ScheduleProblem problem, double seconds, PipelineSchedule? start = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        Check(problem, seconds);
        cancellationToken.ThrowIfCancellationRequested();
        if (start is not null && !problem.Admits(start)) start = null;
        TimeScale scale = TimeScale.Of(problem);
        var model = new ScheduleModel(problem, scale);
        if (start is not null) model.AddHint(start);
        using var solver = new CpSolver();
        solver.StringParameters = string.Create(CultureInfo.InvariantCulture, $"num_workers:1 random_seed:1 catch_sigint_signal:false max_deterministic_time:{seconds}");
        using CancellationTokenRegistration stop = cancellationToken.Register(static solver => ((CpSolver)solver!).StopSearch(), solver);
        CpSolverStatus status = solver.Solve(model.Model);
        cancellationToken.ThrowIfCancellationRequested();
        bool found = status is CpSolverStatus.Optimal or CpSolverStatus.Feasible;
        double bound = solver.BestObjectiveBound / scale.UnitsPerTime;
        PipelineSchedule? best = found ? model.Read(solver, "optimal") : null;
        // Actions that take no time can hold what the solver's intervals of no length do not count.
        if (best is not null && !problem.Admits(best)) best = null;
        // A solution of rounded times may come out behind the one it began with.
        if (start is not null && (best is null || problem.TimeOf(start) < problem.TimeOf(best))) best = start;
        if (best is null) throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"no schedule was found within {seconds} seconds; allow more with --seconds, or ask for fewer micro-batches."));
        double time = problem.TimeOf(best);
        bool isProven = scale.IsExact && bound >= time * (1 - 1e-9);
        return new OptimisedSchedule(best, time, isProven ? time : Math.Min(bound, time), isProven);
    }

    private static void Check(ScheduleProblem problem, double seconds)
    {
        if (!(seconds > 0)) throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"the limit is {seconds} seconds, but must be above 0."));
        if (problem.MemoryCap is { } cap && !(cap >= 1))
            throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"the memory cap is {cap} micro-batches a device, but must be at least 1."));
        long actions = 3L * problem.DeviceOfStage.Count * problem.MicroBatches;
        if (actions > MostActions)
            throw new InvalidInputException($"{problem.DeviceOfStage.Count} stages and {problem.MicroBatches} micro-batches make {actions} actions, but the solver takes at most {MostActions}.");
    }
}

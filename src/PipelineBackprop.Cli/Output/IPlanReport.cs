using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Configuration;
using PipelineBackprop.Planning;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Output;

/// <summary>How a plan is told: to a person or to a program.</summary>
internal interface IPlanReport
{
    /// <summary>What was chosen by measuring, in place of what was given.</summary>
    void Chosen(BudgetedPlan chosen, PipelineSettings given);

    /// <summary>Peak bytes by stage and purpose.</summary>
    void Memory(PipelineOptions options, int batchSize, IReadOnlyList<MemoryReport> training, IReadOnlyList<MemoryReport> inference);

    /// <summary>Layers and transfers as measured, and the step predicted of them.</summary>
    void Time(PipelineProfile profile, PipelinePlan plan);

    /// <summary>More devices against smaller minibatches.</summary>
    void Compare(PlanComparison comparison, int examples);
}

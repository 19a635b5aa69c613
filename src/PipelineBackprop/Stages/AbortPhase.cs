namespace PipelineBackprop.Stages;

/// <summary>The three rounds in which stages give up a pass together; each begins when all have acknowledged the one before.</summary>
internal enum AbortPhase
{
    /// <summary>No stage starts or sends anything any more.</summary>
    Stopped,

    /// <summary>Every inbox, slot and stash is empty.</summary>
    Drained,

    /// <summary>Every tensor that a fault left lent is back in its pool.</summary>
    Reclaimed,
}

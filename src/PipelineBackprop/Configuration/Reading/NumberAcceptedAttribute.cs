namespace PipelineBackprop.Configuration.Reading;

/// <summary>Marks a text that may also be written as a whole number: a column by its position.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NumberAcceptedAttribute : Attribute;

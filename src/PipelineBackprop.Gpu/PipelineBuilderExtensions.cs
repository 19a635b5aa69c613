using PipelineBackprop.Training;

namespace PipelineBackprop.Gpu;

/// <summary>Devices by name in the builder.</summary>
public static class PipelineBuilderExtensions
{
    /// <summary>Pins stages to devices by name, one for all or one each: <c>cpu</c>, <c>cuda:0</c>, <c>opencl:1</c>, <c>sim:0</c> or <c>auto</c>.</summary>
    /// <exception cref="InvalidInputException">No such device; the message lists those that exist.</exception>
    public static PipelineBuilder Devices(this PipelineBuilder builder, params string[] names)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(names);
        return builder.Devices([.. names.Select(DeviceCatalog.Find)]);
    }
}

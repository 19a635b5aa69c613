namespace PipelineBackprop.Graph;

/// <summary>A stage as the picture names it.</summary>
/// <param name="Index">Its number, from 0.</param>
/// <param name="FirstLayer">Index of its first layer.</param>
/// <param name="LayerCount">How many layers it has.</param>
/// <param name="Device">The name of its device; empty where none is known.</param>
/// <param name="ParameterBytes">Bytes of its parameters; its gradients take as many.</param>
/// <param name="KeptBytes">Bytes that its layers keep of one micro-batch until the backward pass.</param>
public sealed record GraphStage(int Index, int FirstLayer, int LayerCount, string Device, long ParameterBytes, long KeptBytes);

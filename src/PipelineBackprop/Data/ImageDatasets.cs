namespace PipelineBackprop.Data;

/// <summary>Turns images of one byte a pixel into a data set.</summary>
internal static class ImageDatasets
{
    /// <summary>Scales pixels [n, height, width] to [0, 1] (value / 255) and stores the labels [n] as class indices.</summary>
    public static Dataset FromBytes(
        string name, ReadOnlySpan<byte> pixels, ReadOnlySpan<byte> labels, int height, int width, IReadOnlyList<string> classNames)
    {
        float[] inputs = new float[pixels.Length], targets = new float[labels.Length];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = pixels[i] / 255f;
        for (int i = 0; i < targets.Length; i++) targets[i] = labels[i];
        return new Dataset(name, height * width, inputs, 1, targets, classNames.Count, classNames, null, height, width);
    }
}

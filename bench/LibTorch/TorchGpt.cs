namespace MicroGpt.Bench;

using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn.functional;
using Parameter = TorchSharp.Modules.Parameter;
using Tensor = TorchSharp.torch.Tensor;

/// <summary>
/// The GPT of the course as one writes it with PyTorch: the same operations, those that are fused there fused, the same parameters, SGD.
/// </summary>
internal sealed class TorchGpt : IDisposable
{
    private readonly ModelDescription _model;
    private readonly Dictionary<string, Parameter> _parameters = [];
    private readonly SGD _optimizer;

    /// <summary>Makes the model.</summary>
    /// <param name="model">Its compiled counterpart.</param>
    /// <param name="values">All parameters, in canonical order.</param>
    /// <param name="learningRate">Of SGD.</param>
    public TorchGpt(ModelDescription model, double[] values, double learningRate)
    {
        _model = model;
        foreach (ParameterInfo info in model.Parameters)
        {
            float[] own = [.. values.AsSpan(info.Offset, info.Count).ToArray().Select(value => (float)value)];
            _parameters[info.Name] = new Parameter(torch.tensor(own, [info.Rows, info.Columns]));
        }

        _optimizer = torch.optim.SGD(_parameters.Values, learningRate);
    }

    /// <summary>One step of training.</summary>
    /// <param name="tokens">[documents, block] tokens read.</param>
    /// <param name="targets">[documents × block] tokens to predict.</param>
    /// <returns>The loss before the step.</returns>
    public double TrainStep(Tensor tokens, Tensor targets)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _optimizer.zero_grad();
        Tensor loss = cross_entropy(Forward(tokens).flatten(0, 1), targets);
        loss.backward();
        _optimizer.step();
        return loss.item<float>();
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    private Tensor Forward(Tensor tokens)
    {
        Tensor x = Norm(_parameters["wte"].index_select(0, tokens.flatten()).unflatten(0, tokens.shape) + _parameters["wpe"]);
        for (int layer = 0; layer < _model.NLayer; layer++)
        {
            Tensor Of(string name) => _parameters[$"layer{layer}.{name}"];
            Tensor n = Norm(x);
            Tensor Heads(string weight) => linear(n, Of(weight)).unflatten(2, _model.NHead, -1).transpose(1, 2);
            Tensor y = scaled_dot_product_attention(Heads("attn_wq"), Heads("attn_wk"), Heads("attn_wv"), is_casual: true);
            x += linear(y.transpose(1, 2).flatten(2), Of("attn_wo"));
            x += linear(relu(linear(Norm(x), Of("mlp_fc1"))), Of("mlp_fc2"));
        }

        return linear(x, _parameters["lm_head"]);
    }

    private static Tensor Norm(Tensor x) => x * (x.square().mean([-1], keepdim: true) + 1e-5f).rsqrt();
}

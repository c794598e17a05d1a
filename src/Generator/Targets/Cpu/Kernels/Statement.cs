namespace MicroGpt.Generator.Targets.Cpu.Kernels;

internal abstract record Statement;

/// <summary>Declares a local: a number or a vector.</summary>
internal sealed record Let(string Name, Expr Value) : Statement;

/// <summary>Declares a local whole number, as wide as its name.</summary>
internal sealed record LetInteger(NamedInteger Name, Integer Value) : Statement;

/// <summary>Declares an address.</summary>
internal sealed record LetAddress(Pointer Name, Address Value) : Statement;

/// <summary>Declares room for so many numbers, aligned to a cache line, until the kernel returns.</summary>
internal sealed record LetScratch(Pointer Name, Integer Elements) : Statement;

/// <summary>Declares a number in double precision.</summary>
internal sealed record LetDouble(string Name, Expr Value) : Statement;

internal sealed record Assign(Name Name, Expr Value) : Statement;

internal sealed record AssignInteger(NamedInteger Name, Integer Value) : Statement;

internal sealed record AssignAddress(Pointer Name, Address Value) : Statement;

/// <summary>Stores a vector at an address.</summary>
internal sealed record Store(Address Address, Expr Value) : Statement;

/// <summary>Stores the sums over the lanes of four vectors, next to each other.</summary>
internal sealed record StoreSums(IReadOnlyList<Expr> Vectors, Address Address) : Statement;

/// <summary>Stores a number: <c>address[index] = value</c>.</summary>
internal sealed record StoreElement(Address Address, Integer Index, Expr Value) : Statement;

/// <summary>An address that moves on each time a loop goes round.</summary>
internal sealed record Advance(Pointer Pointer, Integer By);

/// <summary>A counted loop.</summary>
internal sealed record For(
    NamedInteger Variable, Integer From, Integer To, Integer Step, IReadOnlyList<Advance> Advances, Block Body) : Statement;

internal sealed record While(Condition Condition, Block Body) : Statement;

/// <summary>Statements whose locals are their own, after a comment that says what they are for.</summary>
internal sealed record Section(string Comment, Block Body) : Statement;

internal sealed record If(Condition Condition, Block Then) : Statement;

/// <summary>One of several bodies, by a whole number.</summary>
internal sealed record Switch(Integer Value, IReadOnlyList<(int Case, Block Body)> Cases) : Statement;

/// <summary>Transposes a block of P rows of P numbers into another.</summary>
internal sealed record Transpose(Address From, Address To) : Statement;

/// <summary>Asks for the cache line at an address that is read soon.</summary>
internal sealed record Prefetch(Address Address) : Statement;

/// <summary>Draws the factors of dropout for one row of a panel, from a channel on; zeros for what holds no channel.</summary>
internal sealed record FillFactors(string Site, Address Address, Integer Row, Integer Channel, Integer Count) : Statement;

/// <summary>Calls a part of a kernel.</summary>
internal sealed record Invoke(KernelSpec Kernel, IReadOnlyList<Operand> Operands) : Statement;

/// <summary>What a part of a kernel is called with.</summary>
internal abstract record Operand
{
    public static implicit operator Operand(Address address) => new AddressOperand(address);

    public static implicit operator Operand(Integer number) => new IntegerOperand(number);

    public static implicit operator Operand(Expr number) => new NumberOperand(number);
}

internal sealed record AddressOperand(Address Address) : Operand;

internal sealed record IntegerOperand(Integer Number) : Operand;

/// <summary>All the work, where the caller has divided it among the threads.</summary>
internal sealed record WholePart : Operand;

/// <summary>The same part as that of the caller.</summary>
internal sealed record OwnPart : Operand;

internal sealed record NumberOperand(Expr Number) : Operand;

/// <summary>Waits for the other threads.</summary>
internal sealed record Wait : Statement;

internal sealed record Comment(string Text) : Statement;

internal sealed record Return(Expr Value) : Statement;

/// <summary>Statements that belong together and stand on one line.</summary>
internal sealed record Together(IReadOnlyList<Statement> Statements) : Statement;

/// <summary>A sequence of statements, with short ways of adding to it.</summary>
internal sealed class Block
{
    private readonly List<Statement> _statements = [];

    public IReadOnlyList<Statement> Statements => _statements;

    public Block Add(Statement statement)
    {
        _statements.Add(statement);
        return this;
    }

    /// <summary>Declares a number or vector and gives its name as an expression.</summary>
    public Name Let(string name, Expr value) => Let(new Name(name), value);

    public Name Let(Name name, Expr value)
    {
        Add(new Let(name.Text, value));
        return name;
    }

    public Name LetDouble(string name, Expr value)
    {
        Add(new LetDouble(name, value));
        return new Name(name);
    }

    /// <summary>Declares a count or a number that says which, within the bounds of what it begins with.</summary>
    public NamedInteger LetInteger(string name, Integer value) => Declare(new(name, value.Bounds, IsOffset: false), value);

    /// <summary>Declares a distance in elements.</summary>
    public NamedInteger LetOffset(string name, Integer value) => Declare(Integer.Offset(name, value.Bounds), value);

    public Pointer LetAddress(string name, Address value)
    {
        var pointer = new Pointer(name);
        Add(new LetAddress(pointer, value));
        return pointer;
    }

    public Pointer LetScratch(string name, Integer elements)
    {
        var pointer = new Pointer(name);
        Add(new LetScratch(pointer, elements));
        return pointer;
    }

    public void Assign(Name name, Expr value) => Add(new Assign(name, value));

    public void Assign(NamedInteger name, Integer value) => Add(new AssignInteger(name, value));

    public void Assign(Pointer name, Address value) => Add(new AssignAddress(name, value));

    public void Store(Address address, Expr value) => Add(new Store(address, value));

    public void StoreElement(Address address, Integer index, Expr value) => Add(new StoreElement(address, index, value));

    public void Comment(string text) => Add(new Comment(text));

    public void Invoke(KernelSpec kernel, params Operand[] operands) => Add(new Invoke(kernel, operands));

    /// <summary>A loop from 0 in steps of one.</summary>
    public void For(string variable, Integer to, Action<Block, Integer> body, params Advance[] advances) =>
        For(variable, 0, to, 1, body, advances);

    public void For(string variable, Integer from, Integer to, Integer step, Action<Block, Integer> body, params Advance[] advances) =>
        For(new NamedInteger(variable, Between(from, to), IsOffset: from.IsWide || to.IsWide), from, to, step, body, advances);

    /// <summary>A loop whose variable is a distance in elements.</summary>
    public void ForOffset(
        string variable, Integer from, Integer to, Integer step, Action<Block, Integer> body, params Advance[] advances) =>
        For(Integer.Offset(variable, Between(from, to)), from, to, step, body, advances);

    /// <summary>A loop over this thread's part of so many independent pieces.</summary>
    public void ForPart(string variable, Integer pieces, Action<Block, Integer> body) =>
        For(variable, Integer.PartFrom(pieces), Integer.PartTo(pieces), 1, body);

    /// <summary>The body for each of a constant number of panels: once, with 0, where there is one; else in a loop.</summary>
    public void ForPanels(string variable, int count, Action<Block, Integer> body)
    {
        if (count == 1)
        {
            body(this, 0);
        }
        else
        {
            For(variable, count, body);
        }
    }

    public void While(Condition condition, Action<Block> body) => Add(new While(condition, Filled(body)));

    public void If(Condition condition, Action<Block> then) => Add(new If(condition, Filled(then)));

    /// <summary>Statements whose locals are their own, after a comment that says what they are for.</summary>
    public void Section(string comment, Action<Block> body) => Add(new Section(comment, Filled(body)));

    /// <summary>Statements on one line.</summary>
    public void Together(Action<Block> body) => Add(new Together(Filled(body).Statements));

    private static Block Filled(Action<Block> fill)
    {
        var block = new Block();
        fill(block);
        return block;
    }

    // The last is one before the end, and nothing is asked of a loop that goes round not even once.
    private static Bounds Between(Integer from, Integer to) =>
        new(from.Bounds.Least, Math.Max(from.Bounds.Least, to.Bounds.Most - 1));

    private void For(NamedInteger variable, Integer from, Integer to, Integer step, Action<Block, Integer> body, Advance[] advances) =>
        Add(new For(variable, from, to, step, advances, Filled(block => body(block, variable))));

    private NamedInteger Declare(NamedInteger name, Integer value)
    {
        Add(new LetInteger(name, value));
        return name;
    }
}
